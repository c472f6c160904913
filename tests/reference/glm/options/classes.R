# The figures of the standard errors of models of classes: Rscript classes.R > classes.json, in this folder. R 4.2.2; by their
# definitions, at the maximum by Newton's method.
show <- function(x) if (is.list(x)) paste0("{", paste0("\"", names(x), "\": ", sapply(x, show), collapse = ", "), "}") else paste0("[", paste(format(x, digits = 17), collapse = ", "), "]")
births <- read.csv("birthwt.csv")
y <- as.integer(factor(births$race)); x <- cbind(1, births$lwt, births$smoke); n <- nrow(x)
sandwiches <- function(V, scores) {
  p <- ncol(scores); sums <- rowsum(scores, births$age); G <- nrow(sums)
  errors <- function(M, c = 1) unname(sqrt(diag(V %*% M %*% V) * c))
  list(HC0 = errors(crossprod(scores)), HC1 = errors(crossprod(scores), n / (n - p)),
    clusters = G, cluster = errors(crossprod(sums), G / (G - 1) * (n - 1) / (n - p)))
}
beta <- rep(0, 6)
for (step in 1:30) {
  eta <- cbind(0, x %*% matrix(beta, 3)); P <- exp(eta) / rowSums(exp(eta))
  scores <- do.call(cbind, lapply(2:3, function(k) ((y == k) - P[, k]) * x))
  H <- matrix(0, 6, 6)
  for (j in 1:2) for (k in 1:2)
    H[3 * (j - 1) + 1:3, 3 * (k - 1) + 1:3] <- crossprod(x, x * (P[, j + 1] * ((j == k) - P[, k + 1])))
  beta <- beta + solve(H, colSums(scores))
}
V <- solve(H)
new <- cbind(1, c(110, 150, 95), c(0, 1, 1))
eta <- new %*% matrix(beta, 3)
eta_se <- sapply(1:2, function(k) sqrt(rowSums((new %*% V[3 * (k - 1) + 1:3, 3 * (k - 1) + 1:3]) * new)))
library(nnet)
fit <- multinom(race ~ lwt + smoke, births, trace = FALSE, reltol = 1e-14, maxit = 1000)
stopifnot(max(abs(t(coef(fit)) - matrix(beta, 3))) < 1e-4, max(abs(t(summary(fit)$standard.errors) / matrix(sqrt(diag(V)), 3) - 1)) < 1e-3)
multinomial <- c(list(coefficients = beta, eta = c(eta), eta_se = c(eta_se)), sandwiches(V, scores))
# Cumulative logits: P(y <= k) = plogis(zeta_k - x b), derivatives by differences of the analytic score.
x <- x[, -1]
score_rows <- function(theta) {
  eta <- x %*% theta[1:2]; zeta <- c(-Inf, theta[3:4], Inf)
  a <- zeta[y + 1] - eta; b <- zeta[y] - eta
  P <- plogis(a) - plogis(b); da <- dlogis(a) / P; db <- dlogis(b) / P
  cbind(c(db - da) * x, sapply(1:2, function(k) da * (y == k) - db * (y == k + 1)))
}
theta <- c(0, 0, -0.2, 0.3)
hessian <- function(theta) sapply(1:4, function(j) {
  h <- 1e-5 * max(1, abs(theta[j])); e <- replace(rep(0, 4), j, h)
  g <- function(t) colSums(score_rows(t))
  -(8 * (g(theta + e) - g(theta - e)) - (g(theta + 2 * e) - g(theta - 2 * e))) / (12 * h)
})
for (step in 1:50) theta <- theta + solve(hessian(theta), colSums(score_rows(theta)))
H <- hessian(theta); H <- (H + t(H)) / 2
library(MASS)
fit <- polr(factor(race) ~ lwt + smoke, births, Hess = TRUE, control = list(reltol = 1e-14))
stopifnot(max(abs(c(coef(fit), fit$zeta) - theta)) < 1e-4, max(abs(sqrt(diag(vcov(fit)) * diag(solve(H))^-1) - 1)) < 1e-3)
ordinal <- c(list(coefficients = theta, plain = unname(sqrt(diag(solve(H))))), sandwiches(solve(H), score_rows(theta)))
cat(show(list(multinomial = multinomial, ordinal = ordinal)), "\n")
