"""The demo community: a small maker of kilns and the people who fire with them, told as a story around today."""
