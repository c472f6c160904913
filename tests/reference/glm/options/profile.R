# Intervals by the profile of the likelihood: Rscript profile.R, in this folder. R 4.2.2 with MASS 7.3-58.2, whose `confint` interpolates
# between some twenty points; here each end is a root of the same function. Both are compared.
library(MASS)
read <- function(path) read.csv(path, stringsAsFactors = TRUE)
files <- list(births = "birthwt.csv", grouped = "birthwt_grouped.csv", quine = "quine.csv", breaks = "warpbreaks.csv", trees = "trees.csv",
  infert = "infert.csv", sprays = "../reported/insectsprays.csv", mammals = "../reported/mammals_ig_log.csv")
frames <- lapply(files, read)
tight <- glm.control(epsilon = 1e-14, maxit = 400)

# The ends of the interval of coefficient j: where the deviance over the dispersion, minimised over the others, is the quantile above its minimum.
ends <- function(fit, j, level) {
  X <- model.matrix(fit); y <- fit$y; w <- fit$prior.weights
  known <- if (is.null(fit$offset)) rep(0, nrow(X)) else fit$offset
  phi <- summary(fit)$dispersion; limit <- qnorm(0.5 + level / 2); error <- sqrt(diag(vcov(fit)))[j]
  end <- function(side) {
    root <- function(value) {
      held <- suppressWarnings(glm.fit(X[, -j, drop = FALSE], y, w, etastart = fit$linear.predictors, offset = known + X[, j] * value, family = fit$family, control = tight))
      stopifnot(held$converged)
      side * sqrt(max(0, held$deviance - fit$deviance) / phi) * sign(side * (value - coef(fit)[j])) - side * limit
    }
    near <- coef(fit)[j] + side * 0.25 * error; far <- coef(fit)[j] + side * limit * error
    while (side * root(far) < 0) { near <- far; far <- far + side * 0.1 * error }
    uniroot(root, sort(c(near, far)), tol = 1e-13 * error)$root
  }
  c(end(-1), end(1))
}

cases <- list()
profile_of <- function(data, arguments, formula, family, level = 0.95, ...) {
  fit <- eval(as.call(c(quote(glm), formula = formula, list(family = family, data = frames[[data]], control = tight), ...)))
  # MASS knows the dispersion of a negative binomial model to be 1 where it made the fit itself.
  if (startsWith(family$family, "Negative")) class(fit) <- c("negbin", class(fit))
  exact <- t(sapply(seq_along(coef(fit)), function(j) ends(fit, j, level)))
  interpolated <- suppressMessages(confint(fit, level = level))
  off <- max(abs(interpolated - exact) / (exact[, 2] - exact[, 1]), na.rm = TRUE)
  cat(data, arguments, "confint is off by", off, "of the width\n")
  stopifnot(off < 0.01)
  row <- function(j) sprintf("      \"%s\": [%s, %s]", names(coef(fit))[j], format(exact[j, 1], digits = 15), format(exact[j, 2], digits = 15))
  rows <- paste(sapply(seq_along(coef(fit)), row), collapse = ",\n")
  cases[[length(cases) + 1]] <<- sprintf("  {\n    \"data\": \"%s\",\n    \"arguments\": \"%s\",\n    \"level\": %s,\n    \"intervals\": {\n%s\n    }\n  }",
    files[[data]], arguments, level, rows)
}
for (link in c("logit", "probit", "cloglog")) {
  profile_of("births", paste("--response low --terms age,lwt,race,smoke --link", link), low ~ age + lwt + race + smoke, binomial(link))
}
profile_of("grouped", "--response share --weights n --terms race,smoke --link logit", share ~ race + smoke, binomial("logit"), 0.8, weights = quote(n))
for (link in c("log", "sqrt")) {
  profile_of("breaks", paste("--response breaks --terms wool*tension --family poisson --link", link), breaks ~ wool * tension, poisson(link))
}
profile_of("sprays", "--response count --terms spray --family poisson --link identity", count ~ spray, poisson("identity"), 0.9)
profile_of("breaks", "--response breaks --terms wool,tension --family quasipoisson", breaks ~ wool + tension, quasipoisson(), 0.9)
profile_of("infert", "--response parity --offset spontaneous --terms age,induced --family poisson", parity ~ age + induced, poisson(), offset = quote(spontaneous))
for (link in c("inverse", "log", "identity")) {
  profile_of("trees", paste("--response Volume --family gamma --link", link), Volume ~ Girth + Height, Gamma(link))
}
for (link in c("identity", "log")) {
  profile_of("trees", paste("--response Volume --family gaussian --link", link), Volume ~ Girth + Height, gaussian(link), 0.99)
}
profile_of("trees", "--response Volume --family inverse-gaussian --link log", Volume ~ Girth + Height, inverse.gaussian("log"))
profile_of("quine", "--response Days --terms Eth,Age --family negative-binomial --dispersion 0.5", Days ~ Eth + Age, negative.binomial(2), 0.9)
theta <- glm.nb(Days ~ Eth + Age, frames$quine, control = glm.control(epsilon = 1e-14, maxit = 400))$theta
profile_of("quine", "--response Days --terms Eth,Age --family negative-binomial --dispersion estimate", Days ~ Eth + Age, negative.binomial(theta))
cat("[\n", paste(cases, collapse = ",\n"), "\n]\n", sep = "", file = "profile.json")
