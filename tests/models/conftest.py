from hpo_exp.models.backend import select_backend

select_backend("jax", None)  # before a test module imports Keras
