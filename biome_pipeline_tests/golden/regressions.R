# Golden numbers of regressions, made by another program. From the top of the project:
#
#     apt-get install r-base-core r-cran-mass r-cran-sandwich
#     Rscript biome_pipeline_tests/golden/regressions.R
#
# draws regressions_data.csv (400 rows) and writes what R says of it to
# regressions_estimates.csv: model, quantity, term, value. Made with R 4.2.2,
# MASS 7.3-58.2, sandwich 3.0-2.
library(MASS)
library(sandwich)

folder <- "biome_pipeline_tests/golden"
set.seed(20250630)
n <- 400
author <- sample(1:40, n, replace = TRUE, prob = 1 / (1:40))
root <- sample(1:60, n, replace = TRUE, prob = 1 / (1:60))
x1 <- round(rnorm(n), 4)
x2 <- as.integer(runif(n) < 0.3)
x3 <- round(0.5 * x1 + rnorm(n), 4)
exposure <- round(runif(n, 1, 900), 2)
rate <- exp(-4 + 0.4 * x1 - 0.5 * x2 + 0.1 * x3 + rnorm(40, 0, 0.4)[author] + rnorm(60, 0, 0.4)[root])
count <- rnbinom(n, mu = exposure * rate, size = 0.6)
data <- data.frame(author, root, x1, x2, x3, exposure, count)
write.csv(data, file.path(folder, "regressions_data.csv"), row.names = FALSE)
data <- read.csv(file.path(folder, "regressions_data.csv"))

precise <- glm.control(epsilon = 1e-14, maxit = 100)
fits <- list(
  ols = lm(log1p(count) ~ x1 + x2 + x3, data),
  poisson = glm(count ~ x1 + x2 + x3 + offset(log(exposure)), poisson, data, control = precise),
  negative_binomial = glm.nb(count ~ x1 + x2 + x3 + offset(log(exposure)), data, control = precise)
)

rows <- list()
note <- function(model, quantity, values) {
  rows[[length(rows) + 1]] <<- data.frame(
    model = model, quantity = quantity,
    term = if (is.null(names(values))) "" else names(values),
    value = sprintf("%.17g", values)
  )
}
error <- function(fit, ...) sqrt(diag(vcovCL(fit, ...)))

for (model in names(fits)) {
  fit <- fits[[model]]
  note(model, "estimate", coef(fit))
  note(model, "plain", sqrt(diag(vcov(fit))))
  for (way in c("author", "root")) {
    cluster <- as.formula(paste("~", way))
    note(model, paste("HC0", way), error(fit, cluster = cluster, type = "HC0", cadjust = FALSE))
    note(model, paste("HC1", way), error(fit, cluster = cluster, type = "HC1", cadjust = TRUE))
  }
  note(model, "HC0 both", error(fit, cluster = ~ author + root, type = "HC0", cadjust = FALSE))
  # The jackknife with every cluster left out in turn, from the definition.
  for (way in c("author", "root")) {
    groups <- unique(data[[way]])
    moves <- sapply(groups, function(g) coef(fit) - coef(update(fit, data = data[data[[way]] != g, ])))
    size <- length(groups)
    note(model, paste("jackknife", way), sqrt((size - 1) / size * rowSums(moves^2)))
  }
}
note("ols", "r squared", summary(fits$ols)$r.squared)
note("poisson", "deviance", deviance(fits$poisson))
note("poisson", "pearson", sum(residuals(fits$poisson, "pearson")^2) / df.residual(fits$poisson))
note("negative_binomial", "alpha", 1 / fits$negative_binomial$theta)
note("negative_binomial", "deviance", deviance(fits$negative_binomial))
write.csv(do.call(rbind, rows), file.path(folder, "regressions_estimates.csv"), row.names = FALSE)
