
def attention(query, key, value, heads: int):
    """Multi-head attention over the positions of images [N, C, height, width]."""
    batch, channels, height, width = value.shape
    shape = [batch, heads, channels // heads, height * width]
    q = query.reshape(shape).transpose(2, 3)
    k = key.reshape(shape).transpose(2, 3)
    v = value.reshape(shape).transpose(2, 3)
    means = F.scaled_dot_product_attention(q, k, v)
    return means.transpose(2, 3).reshape(batch, channels, height, width)

