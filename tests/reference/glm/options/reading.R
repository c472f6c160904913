# Fits of the same models as the command makes of files with missing values, decimal commas, words, counts of successes and failures, other
# reference levels and aliased columns: Rscript reading.R, in this folder. R 4.2.2.
tight <- glm.control(epsilon = 1e-14, maxit = 100)
births <- read.csv("birthwt.csv", stringsAsFactors = TRUE)
air <- airquality[c("Ozone", "Solar.R", "Wind", "Temp")]
write.csv(air, "airquality.csv", row.names = FALSE, quote = FALSE)
# A comma before the decimals, a point before the thousands, and a word of one's own for what is missing.
large <- transform(air, Ozone = Ozone * 1000 + 0.5)
cells <- ifelse(is.na(large$Ozone), "missing", formatC(large$Ozone, big.mark = ".", decimal.mark = ",", format = "f", digits = 1))
solar <- ifelse(is.na(large$Solar.R), "missing", large$Solar.R)
writeLines(c("Ozone;Solar.R;Wind;Temp", paste(cells, solar, sub(".", ",", large$Wind, fixed = TRUE), large$Temp, sep = ";")), "airquality_comma.csv")
words <- transform(births, low = ifelse(low == 1, "yes", "no"))
write.csv(words, "birthwt_words.csv", row.names = FALSE, quote = FALSE)
counts <- aggregate(cbind(low, normal = 1 - low) ~ race + smoke, births, sum)
write.csv(counts, "birthwt_counts.csv", row.names = FALSE, quote = FALSE)
aliased <- transform(births, both = age + lwt, half = lwt / 2, nonsmoker = 1 - smoke)
write.csv(aliased, "birthwt_aliased.csv", row.names = FALSE, quote = FALSE)

number <- function(x) if (is.na(x)) "null" else format(x, digits = 15)
cases <- character()
add <- function(data, arguments, fit) {
  rows <- mapply(function(name, row) sprintf("      \"%s\": [%s, %s]", name, number(row[1]), number(row[2])), names(coef(fit)),
    asplit(cbind(coef(fit), coef(summary(fit))[, 2][match(names(coef(fit)), rownames(coef(summary(fit))))]), 1))
  cases <<- c(cases, sprintf("  {\n    \"data\": \"%s\",\n    \"arguments\": \"%s\",\n    \"n\": %s,\n    \"deviance\": %s,\n    \"aic\": %s,\n    \"coefficients\": {\n%s\n    }\n  }",
    data, arguments, nobs(fit), number(deviance(fit)), number(AIC(fit)), paste(rows, collapse = ",\n")))
}
add("airquality.csv", "--response Ozone --family gaussian --na omit", glm(Ozone ~ Solar.R + Wind + Temp, gaussian, air, control = tight))
add("airquality.csv", "--response Ozone --terms Wind,Temp --family poisson --na omit", glm(Ozone ~ Wind + Temp, poisson, air, control = tight))
add("airquality_comma.csv", "--response Ozone --family gaussian --na omit --na-words missing --decimal , --thousands .",
  glm(Ozone ~ Solar.R + Wind + Temp, gaussian, large, control = tight))
add("birthwt_words.csv", "--response low --success yes", glm(factor(low) ~ age + lwt + race + smoke, binomial, words, control = tight))
add("birthwt_words.csv", "--response low --success no --link cloglog --terms lwt,smoke",
  glm(low == "no" ~ lwt + smoke, binomial("cloglog"), words, control = tight))
add("birthwt_counts.csv", "--response low --failures normal --terms race,smoke --family binomial", glm(cbind(low, normal) ~ race + smoke, binomial, counts, control = tight))
fit <- glm(low ~ age + relevel(race, ref = "other"), binomial, births, control = tight)
names(fit$coefficients) <- sub('relevel(race, ref = "other")', "factor(race)", names(fit$coefficients), fixed = TRUE)
colnames(fit$qr$qr) <- names(fit$coefficients)
add("birthwt.csv", "--response low --terms age,factor(race,ref=other)", fit)
add("birthwt_aliased.csv", "--response low --terms age,lwt,both,half,smoke,nonsmoker --drop-aliased",
  # R judges columns by a thousandth of epsilon.
  glm(low ~ age + lwt + both + half + smoke + nonsmoker, binomial, aliased, control = glm.control(epsilon = 1e-10)))
cat("[\n", paste(cases, collapse = ",\n"), "\n]\n", sep = "", file = "reading.json")
