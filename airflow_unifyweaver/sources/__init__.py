"""Where records come from: one module a type, each planning batches and reading one."""
