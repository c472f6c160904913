# Comparisons of nested models: Rscript comparisons.R, in this folder. R 4.2.2 with MASS 7.3-58.2 and nnet 7.3-18. Each row: residual
# degrees of freedom and deviance, then those of the difference, F where the dispersion is estimated, and p.
suppressMessages({library(MASS); library(nnet)})
files <- list(births = "birthwt.csv", quine = "quine.csv", trees = "trees.csv", infert = "infert.csv", breaks = "warpbreaks.csv")
frames <- lapply(files, read.csv, stringsAsFactors = TRUE)
tight <- glm.control(epsilon = 1e-14, maxit = 400)

list_of <- function(x) paste0("[", paste(sapply(x, function(x) if (is.na(x)) "null" else format(x, digits = 15)), collapse = ", "), "]")
cases <- character()
write_case <- function(data, arguments, terms, test, rows) {
  cases <<- c(cases, sprintf("  {\n    \"data\": \"%s\",\n    \"arguments\": \"%s\",\n    \"terms\": [%s],\n    \"test\": \"%s\",\n    \"rows\": [\n      %s\n    ]\n  }",
    files[[data]], arguments, paste0("\"", terms, "\"", collapse = ", "), test, paste(apply(rows, 1, list_of), collapse = ",\n      ")))
}
compared <- function(data, arguments, response, terms, test, family, ...) {
  fits <- lapply(terms, function(terms) eval(as.call(c(quote(glm), formula = as.formula(paste(response, "~", gsub(",", "+", terms))),
    list(family = family, data = frames[[data]], control = tight), ...))))
  rows <- as.matrix(do.call(anova, c(fits, test = test)))
  if (test == "F") {
    # R takes the dispersion from the weights before the last step.
    largest <- fits[[length(fits)]]
    phi <- sum(largest$prior.weights * (largest$y - fitted(largest))^2 / largest$family$variance(fitted(largest))) / largest$df.residual
    f <- rows[, 4] / rows[, 3] / phi
    stopifnot(max(abs(f / rows[, 5] - 1), na.rm = TRUE) < 1e-5)
    rows[, 5] <- f; rows[, 6] <- pf(f, rows[, 3], largest$df.residual, lower.tail = FALSE)
  }
  write_case(data, arguments, terms, if (test == "F") "F" else "chi-squared", rows)
}
compared("births", "--response low --link cloglog", "low", c("lwt", "lwt,race", "lwt,race,smoke,age"), "Chisq", binomial("cloglog"))
compared("infert", "--response parity --offset spontaneous --family poisson", "parity", c("1", "age", "age,education"), "Chisq", poisson(),
  offset = quote(spontaneous))
compared("breaks", "--response breaks --family quasipoisson", "breaks", c("tension", "wool,tension", "wool*tension"), "F", quasipoisson())
compared("trees", "--response Volume --family gaussian", "Volume", c("1", "Girth", "Girth,Height"), "F", gaussian())
compared("trees", "--response Volume --family gamma --link log --weights Height", "Volume", c("Height", "Girth,Height"), "F", Gamma("log"), weights = quote(Height))
compared("trees", "--response Volume --family inverse-gaussian --link log", "Volume", c("1", "Girth"), "F", inverse.gaussian("log"))

# Models of classes. R's `multinom` and `polr` end near the maximum; both are made to end nearer.
classes <- function(arguments, terms, fit_of) {
  fits <- lapply(terms, function(terms) fit_of(as.formula(paste("race ~", gsub(",", "+", terms)))))
  of_r <- do.call(anova, fits)
  rows <- cbind(sapply(fits, function(fit) nrow(frames$births) - fit$edf), sapply(fits, deviance))
  df <- c(NA, -diff(rows[, 1])); fall <- c(NA, -diff(rows[, 2]))
  stopifnot(max(abs(of_r[, 6] / fall - 1), na.rm = TRUE) < 1e-6)
  write_case("births", arguments, terms, "chi-squared", cbind(rows, df, fall, pchisq(fall, df, lower.tail = FALSE)))
}
terms <- c("1", "smoke", "lwt,smoke")
classes("--response race --family multinomial", terms,
  function(formula) multinom(formula, frames$births, trace = FALSE, reltol = 1e-15, abstol = 1e-12, maxit = 2000))
classes("--response race --family ordinal --levels a white,black,other", terms,
  function(formula) polr(formula, frames$births, Hess = TRUE, control = list(reltol = 1e-15, maxit = 2000)))
cat("[\n", paste(cases, collapse = ",\n"), "\n]\n", sep = "", file = "comparisons.json")
