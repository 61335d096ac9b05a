        x = (x - self.input_mean) / self.input_std
