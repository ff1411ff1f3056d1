"""The job as a user declares it: the model and its front ends."""
