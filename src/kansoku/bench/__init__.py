"""What the kansoku command measures of itself, beside its peers on the same machine."""
