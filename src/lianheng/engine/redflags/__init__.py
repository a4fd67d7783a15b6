"""监督模型: supervision models as SQL over declared registers; what they yield are candidates (疑点), never findings.

Read a register (`register.read_register`) and a model (`read_model.read_model`), check them as a library
(`library.check_library`), try a model's own cases (`trial.try_model`), run (`run.run_models`). Pure: no clock, no
network; `today` is an argument, and DuckDB runs with external access off.
"""
