# Robust and clustered standard errors, with weights, an offset, interactions and links that aren't canonical, and the analysis of deviance of
# the same models: Rscript sandwich.R, in this folder. R 4.2.2 with MASS 7.3-58.2 and sandwich 3.0-2.
suppressMessages({library(MASS); library(sandwich)})
files <- list(births = "birthwt.csv", grouped = "birthwt_grouped.csv", quine = "quine.csv", trees = "trees.csv",
  infert = "infert.csv")
frames <- lapply(files, read.csv, stringsAsFactors = TRUE)
tight <- glm.control(epsilon = 1e-14, maxit = 200)

number <- function(x) format(x, digits = 15)
list_of <- function(x) paste0("[", paste(sapply(x, number), collapse = ", "), "]")
cases <- list()
errors_of <- function(data, arguments, cluster, test, formula, family, ...) {
  fit <- eval(as.call(c(quote(glm), formula = formula, list(family = family, data = frames[[data]], control = tight), ...)))
  kinds <- c("HC0", "HC1", "HC2", "HC3")
  all <- sapply(kinds, function(kind) sqrt(diag(vcovHC(fit, type = kind))))
  # R estimates the dispersion of a negative binomial model, which is known to be 1.
  is_known <- startsWith(family$family, "Negative")
  own <- sqrt(diag(summary(fit, dispersion = if (is_known) 1)$cov.scaled))
  all <- cbind(coef(fit), own, all, sqrt(diag(vcovCL(fit, cluster = frames[[data]][[cluster]], type = "HC1"))))
  row <- function(name) sprintf("      \"%s\": %s", name, list_of(all[name, ]))
  table <- anova(fit, test = test)[-1, ]
  if (is_known) table[, ncol(table)] <- pchisq(table[, 2], table[, 1], lower.tail = FALSE)
  anova_row <- function(j) sprintf("      \"%s\": %s", rownames(table)[j], list_of(c(table[j, 1], table[j, 2], table[j, ncol(table)])))
  cases[[length(cases) + 1]] <<- sprintf(
    "  {\n    \"data\": \"%s\",\n    \"arguments\": \"%s\",\n    \"cluster\": \"%s\",\n    \"coefficients\": {\n%s\n    },\n    \"anova\": {\n%s\n    }\n  }",
    files[[data]], arguments, cluster, paste(sapply(rownames(all), row), collapse = ",\n"),
    paste(sapply(seq_len(nrow(table)), anova_row), collapse = ",\n"))
}
for (link in c("logit", "probit", "cloglog")) {
  errors_of("births", paste("--response low --terms age,lwt,race,smoke --link", link), "race", "Chisq", low ~ age + lwt + race + smoke, binomial(link))
}
errors_of("grouped", "--response share --weights n --terms race,smoke", "smoke", "Chisq", share ~ race + smoke, binomial(), weights = quote(n))
errors_of("infert", "--response parity --offset spontaneous --terms age,induced --family poisson", "stratum", "Chisq", parity ~ age + induced, poisson(), offset = quote(spontaneous))
errors_of("infert", "--response parity --weights age --terms education,induced --family poisson --link sqrt", "stratum", "Chisq", parity ~ education + induced, poisson("sqrt"), weights = quote(age))
errors_of("infert", "--response parity --terms age*education --family quasipoisson", "stratum", "F", parity ~ age * education, quasipoisson())
errors_of("quine", "--response Days --terms Eth,Age,Lrn --family negative-binomial --dispersion 0.5", "Age", "Chisq", Days ~ Eth + Age + Lrn, negative.binomial(2))
for (link in c("inverse", "log")) {
  errors_of("trees", paste("--response Volume --terms Girth,Height --weights Height --family gamma --link", link), "Height", "F", Volume ~ Girth + Height, Gamma(link), weights = quote(Height))
}
errors_of("trees", "--response Volume --terms Girth,Height --family inverse-gaussian --link log", "Height", "F", Volume ~ Girth + Height, inverse.gaussian("log"))
errors_of("trees", "--response Volume --terms Girth --offset Height --family gaussian", "Height", "F", Volume ~ Girth, gaussian(), offset = quote(Height))
cat("[\n", paste(cases, collapse = ",\n"), "\n]\n", sep = "", file = "sandwich.json")
