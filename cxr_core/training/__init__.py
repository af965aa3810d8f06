"""Training as a recipe says: sampling, augmentation, engine, resumable run folders."""
