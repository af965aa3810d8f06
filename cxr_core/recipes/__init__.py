"""Recipes: everything a training needs to know, as TOML that can be read beside a paper."""
