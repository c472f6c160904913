# The figures of the command's options: Rscript options.R, in this folder. R 4.2.2 with MASS 7.3-58.2; the sandwiches by their
# definitions, Firth's estimates by Newton's method on the modified score, compared with brglm2 0.9.
library(MASS)
data <- function(frame, name) {
  write.csv(frame, paste0(name, ".csv"), row.names = FALSE, quote = FALSE)
  frame
}
quine <- data(quine, "quine")
births <- data(transform(birthwt[c("low", "age", "lwt", "race", "smoke")], race = c("a white", "black", "other")[race]), "birthwt")
breaks <- data(warpbreaks, "warpbreaks")
infert <- data(infert[c("case", "age", "parity", "education", "spontaneous", "induced", "stratum")], "infert")
trees <- data(trees, "trees")

number <- function(x) if (is.na(x)) "null" else format(x, digits = 17)
show <- function(x) {
  if (is.list(x)) return(paste0("{", paste0("\"", names(x), "\": ", sapply(x, show), collapse = ", "), "}"))
  if (is.character(x)) return(paste0("\"", x, "\""))
  if (is.matrix(x)) return(paste0("[", paste(apply(x, 1, show), collapse = ", "), "]"))
  if (length(x) == 1) return(number(x))
  paste0("[", paste(sapply(x, number), collapse = ", "), "]")
}
tight <- glm.control(epsilon = 1e-14, maxit = 100)
errors <- function(V) sqrt(diag(V))

nb <- function(formula) glm.nb(formula, quine, control = glm.control(epsilon = 1e-14, maxit = 200))
full <- nb(Days ~ Eth + Sex + Age + Lrn)
part <- nb(Days ~ Eth + Age)
table <- function(a) unname(as.matrix(a))
# MASS stops a step short of the maximum in theta: its standard error is right to about 3e-6. By its definition, at the end:
th <- theta.ml(quine$Days, fitted(full), limit = 100, eps = 1e-13); attributes(th) <- NULL
y <- quine$Days; mu <- fitted(full)
information <- sum(trigamma(th) - trigamma(th + y) - 1 / th + 2 / (mu + th) - (y + th) / (mu + th)^2)
stopifnot(abs(full$SE.theta * sqrt(information) - 1) < 1e-5)
negative_binomial <- list(theta = th, theta_std_error = 1 / sqrt(information), coefficients = unname(coef(full)),
  std_errors = unname(coef(summary(full))[, 2]), log_likelihood = full$twologlik / 2, aic = AIC(full),
  deviance = full$deviance, anova = table(suppressWarnings(anova(full))),
  smaller_theta = part$theta, lr = full$twologlik - part$twologlik,
  lr_p = pchisq(full$twologlik - part$twologlik, 2, lower.tail = FALSE))

# R's own takes the weights before the last step.
pearson <- function(fit) sum(fit$prior.weights * (fit$y - fitted(fit))^2 / fit$family$variance(fitted(fit))) / fit$df.residual
quasi <- glm(breaks ~ wool * tension, quasipoisson, breaks, control = tight)
quasi_poisson <- list(dispersion = pearson(quasi), table = unname(coef(summary(quasi))),
  anova = table(anova(quasi, test = "F")))
grouped <- aggregate(cbind(n = 1, low) ~ race + smoke, births, sum)
grouped <- data(transform(grouped, share = low / n), "birthwt_grouped")
quasi <- glm(share ~ race + smoke, quasibinomial, grouped, weights = n, control = tight)
quasi_binomial <- list(dispersion = pearson(quasi), table = unname(coef(summary(quasi))))

fit <- glm(low ~ age + lwt + race + smoke, binomial, births, control = tight)
X <- model.matrix(fit); mu <- fitted(fit); w <- mu * (1 - mu); V <- solve(t(X) %*% (X * w)); r <- births$low - mu
h <- w * rowSums((X %*% V) * X); n <- nrow(X); p <- ncol(X)
sandwich <- function(omega) errors(V %*% (t(X) %*% (X * omega)) %*% V)
robust <- list(HC0 = unname(sandwich(r^2)), HC1 = unname(sandwich(r^2 * n / (n - p))),
  HC2 = unname(sandwich(r^2 / (1 - h))), HC3 = unname(sandwich(r^2 / (1 - h)^2)))
logistic <- list(wald = unname(confint.default(fit, level = 0.9)), profile = unname(suppressMessages(confint(fit, level = 0.9))),
  anova = table(anova(fit, test = "Chisq")), robust = robust,
  lr = { smaller <- glm(low ~ lwt + smoke, binomial, births, control = tight); table(anova(smaller, fit, test = "Chisq")) })

fit <- glm(case ~ age + parity + spontaneous + induced, binomial, infert, control = tight)
X <- model.matrix(fit); mu <- fitted(fit); V <- solve(t(X) %*% (X * (mu * (1 - mu))))
scores <- rowsum(X * (infert$case - mu), infert$stratum); G <- nrow(scores); n <- nrow(X); p <- ncol(X)
cluster <- errors(V %*% (t(scores) %*% scores) %*% V * G / (G - 1) * (n - 1) / (n - p))
clustered <- list(clusters = G, std_errors = unname(cluster))

gamma <- glm(Volume ~ Girth + Height, Gamma, trees, control = tight)
smaller <- glm(Volume ~ Girth, Gamma, trees, control = tight)
gamma_trees <- list(anova = table(anova(gamma, test = "F")), f = table(anova(smaller, gamma, test = "F")),
  profile = unname(suppressMessages(confint(gamma))))

new <- data(data.frame(age = c(20, 31, 45), lwt = c(110, 150, 95), race = c("black", "a white", "other"), smoke = c(0, 1, 1)), "birthwt_new")
fit <- glm(low ~ age + lwt + race + smoke, binomial, births, control = tight)
link <- predict(fit, new, type = "link", se.fit = TRUE); mean <- predict(fit, new, type = "response", se.fit = TRUE)
q <- qnorm(0.95)
logit <- list(eta = unname(link$fit), eta_se = unname(link$se.fit), mu = unname(mean$fit), mu_se = unname(mean$se.fit),
  mu_low = unname(plogis(link$fit - q * link$se.fit)), mu_high = unname(plogis(link$fit + q * link$se.fit)))
sizes <- data(data.frame(Girth = c(9, 14, 20), Height = c(70, 76, 80)), "trees_new")
link <- predict(gamma, sizes, type = "link", se.fit = TRUE); mean <- predict(gamma, sizes, type = "response", se.fit = TRUE)
q <- qt(0.975, gamma$df.residual)
inverse <- list(eta = unname(link$fit), eta_se = unname(link$se.fit), mu = unname(mean$fit), mu_se = unname(mean$se.fit),
  mu_low = unname(1 / (link$fit + q * link$se.fit)), mu_high = unname(1 / (link$fit - q * link$se.fit)))

firth <- function(X, y, level = 0.95) {
  maximum <- function(beta, free) {
    for (step in 1:200) {
      mu <- plogis(drop(X %*% beta)); w <- mu * (1 - mu); I <- t(X) %*% (X * w); h <- w * rowSums((X %*% solve(I)) * X)
      move <- drop(solve(I[free, free], (t(X) %*% (y - mu + h * (0.5 - mu)))[free]))
      beta[free] <- beta[free] + move / max(1, max(abs(move)) / 2)
    }
    mu <- plogis(drop(X %*% beta)); I <- t(X) %*% (X * (mu * (1 - mu)))
    list(beta = beta, likelihood = sum(dbinom(y, 1, mu, log = TRUE)) + 0.5 * log(det(I)), V = solve(I), errors = errors(solve(I)))
  }
  p <- ncol(X); best <- maximum(rep(0, p), 1:p)
  end <- function(j, side) {
    root <- function(value) {
      beta <- best$beta + (value - best$beta[j]) * best$V[, j] / best$V[j, j]
      2 * (best$likelihood - maximum(beta, (1:p)[-j])$likelihood) - qchisq(level, 1)
    }
    uniroot(root, sort(best$beta[j] + side * best$errors[j] * c(0.5, 2)), extendInt = if (side > 0) "upX" else "downX", tol = 1e-10)$root
  }
  list(coefficients = unname(best$beta), std_errors = unname(best$errors), penalised_log_likelihood = best$likelihood,
    profile = t(sapply(1:p, function(j) c(end(j, -1), end(j, 1)))))
}
separated <- data(data.frame(y = c(0, 0, 0, 0, 1, 1, 1, 1, 0, 1), x = 1:10 %/% 3, z = c(2, 1, 4, 3, 6, 8, 7, 9, 5, 10)), "separated")
X <- model.matrix(low ~ age + lwt + race + smoke, births)
for (fit in list(list(firth(X, births$low), low ~ age + lwt + race + smoke, births), list(firth(model.matrix(y ~ z, separated), separated$y), y ~ z, separated))) {
  of_brglm2 <- glm(fit[[2]], binomial, fit[[3]], method = brglm2::brglmFit, type = "AS_mean", epsilon = 1e-12, maxit = 500)
  stopifnot(max(abs(coef(of_brglm2) - fit[[1]]$coefficients)) < 1e-8, max(abs(errors(vcov(of_brglm2)) / fit[[1]]$std_errors - 1)) < 1e-6)
}
cat(show(list(negative_binomial = negative_binomial, quasi_poisson = quasi_poisson, quasi_binomial = quasi_binomial,
  logistic = logistic, clustered = clustered, gamma_trees = gamma_trees, predict_logit = logit, predict_inverse = inverse,
  firth = firth(X, births$low), firth_separated = firth(model.matrix(y ~ z, separated), separated$y))), "\n", file = "options.json")
