"""Training as a recipe says: sampling, augmentation, schedule, engine, resumable run folders."""
