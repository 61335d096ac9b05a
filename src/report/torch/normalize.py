        torch._assert(x.dtype == torch.uint8, "images must be bytes from 0 to 255 (torch.uint8)")
        x = (x.to(torch.float32) / 255 - self.input_mean) / self.input_std
