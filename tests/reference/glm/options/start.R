# One step from a given start, and the end of the way from there: Rscript start.R, in this folder. R 4.2.2 with MASS 7.3-58.2.
suppressMessages(library(MASS))
files <- list(births = "birthwt.csv", quine = "quine.csv", trees = "trees.csv", infert = "infert.csv", breaks = "warpbreaks.csv")
frames <- lapply(files, read.csv, stringsAsFactors = TRUE)
list_of <- function(x) paste0("[", paste(sapply(unname(x), format, digits = 15), collapse = ", "), "]")
cases <- character()
steps_from <- function(data, arguments, start, formula, family, ...) {
  fit <- function(steps) suppressWarnings(eval(as.call(c(quote(glm), formula = formula, list(family = family, data = frames[[data]],
    start = start, control = glm.control(epsilon = 1e-14, maxit = steps)), ...))))
  step <- fit(1)
  stopifnot(step$deviance < sum(family$dev.resids(step$y, family$linkinv(drop(model.matrix(step) %*% start) + if (is.null(step$offset)) 0 else step$offset), step$prior.weights)))
  cases <<- c(cases, sprintf("  {\n    \"data\": \"%s\",\n    \"arguments\": \"%s\",\n    \"start\": \"%s\",\n    \"names\": [%s],\n    \"step\": %s,\n    \"end\": %s\n  }",
    files[[data]], arguments, paste(start, collapse = ","), paste0("\"", names(coef(step)), "\"", collapse = ", "), list_of(coef(step)), list_of(coef(fit(200)))))
}
steps_from("births", "--response low --terms age,lwt", c(0.5, 0, -0.01), low ~ age + lwt, binomial())
steps_from("births", "--response low --terms lwt,smoke --link cloglog", c(-0.25, -0.005, 0.25), low ~ lwt + smoke, binomial("cloglog"))
steps_from("breaks", "--response breaks --terms wool,tension --family poisson", c(3.5, 0, 0, 0), breaks ~ wool + tension, poisson())
steps_from("breaks", "--response breaks --terms wool,tension --family poisson --link sqrt", c(5, 0, 0, 0), breaks ~ wool + tension, poisson("sqrt"))
steps_from("infert", "--response parity --offset spontaneous --terms age --family poisson", c(0.5, -0.01), parity ~ age, poisson(), offset = quote(spontaneous))
steps_from("trees", "--response Volume --terms Girth --family gamma --link log", c(1.5, 0.125), Volume ~ Girth, Gamma("log"))
steps_from("trees", "--response Volume --terms Girth --family gaussian --link log", c(1.5, 0.125), Volume ~ Girth, gaussian("log"))
steps_from("quine", "--response Days --terms Eth,Age --family negative-binomial --dispersion 0.5", c(3, -0.5, 0, 0, 0), Days ~ Eth + Age, negative.binomial(2))
cat("[\n", paste(cases, collapse = ",\n"), "\n]\n", sep = "", file = "start.json")
