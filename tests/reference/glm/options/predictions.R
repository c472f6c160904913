# Intervals of coefficients, and predictions with their standard errors and intervals: Rscript predictions.R, in this folder. R 4.2.2 with
# MASS 7.3-58.2. Intervals of means are those of the linear predictor, as R's manual of `predict.glm` advises.
library(MASS)
files <- list(births = "birthwt.csv", grouped = "birthwt_grouped.csv", quine = "quine.csv", trees = "trees.csv", infert = "infert.csv",
  breaks = "warpbreaks.csv", air = "airquality.csv")
frames <- lapply(files, read.csv, stringsAsFactors = TRUE)
tight <- glm.control(epsilon = 1e-14, maxit = 400)

list_of <- function(x) paste0("[", paste(sapply(x, format, digits = 15), collapse = ", "), "]")
table_of <- function(names, columns) {
  rows <- mapply(function(name, row) sprintf("      \"%s\": %s", name, list_of(row)), names, asplit(columns, 1))
  paste0("{\n", paste(rows, collapse = ",\n"), "\n    }")
}
cases <- character()
predictions_of <- function(data, arguments, fit, level) {
  # Of quasi-families and others of which the dispersion is estimated, with Student's t.
  known <- fit$family$family %in% c("binomial", "poisson") || inherits(fit, "negbin")
  q <- if (known) qnorm(0.5 + level / 2) else qt(0.5 + level / 2, fit$df.residual)
  wald <- if (known) confint.default(fit, level = level) else stats:::confint.lm(fit, level = level)
  # The first rows, and some between them.
  frame <- frames[[data]][c(1, 2, 5, 11, 18), ]
  stopifnot(!anyNA(frame[all.vars(delete.response(terms(fit)))]))
  link <- predict(fit, frame, type = "link", se.fit = TRUE); mean <- predict(fit, frame, type = "response", se.fit = TRUE)
  ends <- cbind(link$fit - q * link$se.fit, link$fit + q * link$se.fit)
  of_mean <- t(apply(fit$family$linkinv(ends), 1, sort))
  columns <- rbind(link$fit, link$se.fit, ends[, 1], ends[, 2], mean$fit, mean$se.fit, of_mean[, 1], of_mean[, 2])
  names <- c("eta", "eta_se", "eta_low", "eta_high", "mu", "mu_se", "mu_low", "mu_high")
  cases <<- c(cases, sprintf(
    "  {\n    \"data\": \"%s\",\n    \"arguments\": \"%s\",\n    \"level\": %s,\n    \"wald\": %s,\n    \"rows\": [1, 2, 5, 11, 18],\n    \"predictions\": %s\n  }",
    files[[data]], arguments, level, table_of(names(coef(fit)), wald), table_of(names, columns)))
}
fit <- function(formula, family, data, ...) eval(as.call(c(quote(glm), formula = formula, list(family = family, data = frames[[data]], control = tight), ...)))
predictions_of("births", "--response low --terms age,lwt,race,smoke", fit(low ~ age + lwt + race + smoke, binomial(), "births"), 0.9)
predictions_of("births", "--response low --terms lwt,race --link probit", fit(low ~ lwt + race, binomial("probit"), "births"), 0.99)
predictions_of("births", "--response low --terms lwt,smoke --link cloglog", fit(low ~ lwt + smoke, binomial("cloglog"), "births"), 0.95)
predictions_of("infert", "--response parity --offset spontaneous --terms age,induced --family poisson",
  fit(parity ~ age + induced + offset(spontaneous), poisson(), "infert"), 0.8)
predictions_of("infert", "--response parity --weights age --terms education --family poisson --link sqrt",
  fit(parity ~ education, poisson("sqrt"), "infert", weights = quote(age)), 0.95)
predictions_of("breaks", "--response breaks --terms wool*tension --family quasipoisson", fit(breaks ~ wool * tension, quasipoisson(), "breaks"), 0.9)
predictions_of("trees", "--response Volume --terms Girth,Height --family gamma", fit(Volume ~ Girth + Height, Gamma(), "trees"), 0.95)
predictions_of("trees", "--response Volume --terms Girth,Height --family gamma --link log --weights Height",
  fit(Volume ~ Girth + Height, Gamma("log"), "trees", weights = quote(Height)), 0.5)
predictions_of("trees", "--response Volume --terms Girth,Height --family gaussian", fit(Volume ~ Girth + Height, gaussian(), "trees"), 0.99)
predictions_of("trees", "--response Volume --terms Girth --family inverse-gaussian --link log",
  fit(Volume ~ Girth, inverse.gaussian("log"), "trees"), 0.9)
predictions_of("quine", "--response Days --terms Eth,Age --family negative-binomial --dispersion estimate",
  glm.nb(Days ~ Eth + Age, frames$quine, control = glm.control(epsilon = 1e-14, maxit = 400)), 0.9)
cat("[\n", paste(cases, collapse = ",\n"), "\n]\n", sep = "", file = "predictions.json")
