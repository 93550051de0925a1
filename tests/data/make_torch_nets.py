"""Write torch_nets.npz: what PyTorch says of the five architectures and Eq. 14, for machines without PyTorch.

Run as ``python tests/data/make_torch_nets.py`` where PyTorch is installed, and look at the difference in review.

For each small model in float64: parameters (in the lab's order and layout), ten batches, outputs, loss and gradient of
the first batch, and for each optimizer the losses of ten steps, the parameters after the first and the tenth, and the
running statistics after the tenth. Dropout is off: its masks are the lab's own.
"""

import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
# A bias before batch normalisation has derivative 0, computed as 1e-17: the default eps = 1e-8 would turn such noise
# into steps of 1e-10, and comparing would mean comparing noise.
OPTIMIZERS = {
    "sgd": ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    "adam": ("Adam", {"lr": 0.01, "eps": 1e-5}),
    "rmsprop": ("RMSprop", {"lr": 0.002, "eps": 1e-5}),
}
STEPS, BATCH = 10, 6
# PyTorch's axes to the lab's, with the neuron last
DENSE, CONV = (1, 0), (2, 3, 1, 0)


def main(target=HERE / "torch_nets.npz"):
    import torch
    from torch import nn
    from torch.nn import functional

    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)

    class Flat(nn.Module):
        """Flatten with the channels last, as the lab does."""

        def forward(self, x):
            return x.permute(0, 2, 3, 1).flatten(1)

    class Forecaster(nn.Module):
        def __init__(self, cell):
            super().__init__()
            self.cell, self.dense = cell(2, 5, batch_first=True), nn.Linear(5, 1)
            if cell is not nn.GRU:  # the lab's others have one bias, as Keras'
                nn.init.zeros_(self.cell.bias_hh_l0).requires_grad_(False)

        def forward(self, x):
            return self.dense(self.cell(x)[0][:, -1])

    class Printed(nn.Module):
        """Eq. 14 to the letter, on the last step: U multiplies the input before it."""

        def __init__(self):
            super().__init__()
            self.both, self.dense = nn.Linear(2 * 2, 5), nn.Linear(5, 1)

        def forward(self, x):
            return self.dense(torch.tanh(self.both(torch.cat((x[:, -1], x[:, -2]), 1))))

    def block(channels, filters, act):
        one, two = nn.Conv2d(channels, filters, 3, padding=1), nn.Conv2d(filters, filters, 3, padding=1)
        norms = [nn.BatchNorm2d(filters, eps=1e-3) for _ in range(2)]
        return [one, norms[0], act(), two, norms[1], act(), nn.MaxPool2d(2)]

    def hidden(inputs, units, act):
        return [nn.Linear(inputs, units), nn.BatchNorm1d(units, eps=1e-3), act()]

    def mlp(act):
        return nn.Sequential(*hidden(6, 7, act), *hidden(7, 5, act), nn.Linear(5, 3))

    def lenet(act):
        maps = [nn.Conv2d(1, 2, 5, padding=2), act(), nn.MaxPool2d(2), nn.Conv2d(2, 3, 5), act()]
        tail = [nn.Linear(3, 5), act(), nn.Linear(5, 4), act(), nn.Linear(4, 3)]
        return nn.Sequential(*maps, nn.MaxPool2d(2), Flat(), *tail)

    def cnn(act):
        return nn.Sequential(*block(3, 2, act), *block(2, 3, act), Flat(), nn.Linear(12, 5), act(), nn.Linear(5, 3))

    models = {
        "mlp": (lambda: mlp(nn.Tanh), (6,)),
        "lenet5": (lambda: lenet(nn.Tanh), (12, 12, 1)),
        "cifar_cnn": (lambda: cnn(nn.Tanh), (8, 8, 3)),
        "mlp-relu": (lambda: mlp(nn.ReLU), (6,)),
        "lenet5-relu": (lambda: lenet(nn.ReLU), (12, 12, 1)),
        "cifar_cnn-relu": (lambda: cnn(nn.ReLU), (8, 8, 3)),
        "lstm_forecaster": (lambda: Forecaster(nn.LSTM), (4, 2)),
        "gru_forecaster": (lambda: Forecaster(nn.GRU), (4, 2)),
        "rnn_forecaster": (lambda: Forecaster(nn.RNN), (4, 2)),
        "rnn_printed_forecaster": (Printed, (4, 2)),
    }

    def gates_in_order(name, array):
        """GRU: PyTorch has r, z, n and the lab z, r, n."""
        if name != "gru_forecaster":
            return array
        r, z, n = np.split(array, 3, axis=-1)
        return np.concatenate((z, r, n), axis=-1)

    def collect(name, net, what):
        """All parameters, or what stands beside them (.grad), as one vector in the lab's order."""
        out = []
        for module in net.modules():
            if isinstance(module, nn.Linear):
                out += [what(module.weight).transpose(DENSE), what(module.bias)]
            elif isinstance(module, nn.Conv2d):
                out += [what(module.weight).transpose(CONV), what(module.bias)]
            elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
                out += [what(module.weight), what(module.bias)]
            elif isinstance(module, nn.RNNBase):
                kept = [module.weight_ih_l0, module.weight_hh_l0, module.bias_ih_l0]
                kept += [module.bias_hh_l0] if isinstance(module, nn.GRU) else []
                out += [gates_in_order(name, what(p).T) for p in kept]
        return np.concatenate([part.ravel() for part in out])

    def statistics(net):
        parts = [
            buffer.numpy()
            for module in net.modules()
            if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)
            for buffer in (module.running_mean, module.running_var)
        ]
        return np.concatenate(parts) if parts else np.zeros(0)

    def values(parameter):
        return parameter.detach().numpy().copy()

    def derivatives(parameter):
        return parameter.grad.numpy().copy()

    kept = {"torch": np.array(str(torch.__version__))}
    for name, (make, shape) in models.items():
        rng = np.random.default_rng(1)
        x = rng.normal(size=(STEPS, BATCH, *shape))
        series = name.endswith("forecaster")
        y = rng.normal(size=(STEPS, BATCH, 1)) if series else rng.integers(0, 3, (STEPS, BATCH))
        images = x.transpose(0, 1, 4, 2, 3) if len(shape) == 3 else x
        lost = functional.mse_loss if series else functional.cross_entropy
        kept |= {f"{name}/x": x, f"{name}/y": y}
        for opt, (rule, options) in OPTIMIZERS.items():
            torch.manual_seed(0)
            net = make()
            trained = [p for p in net.parameters() if p.requires_grad]
            start = collect(name, net, values)
            optimizer = getattr(torch.optim, rule)(trained, **options)
            losses, points = [], []
            for step in range(STEPS):
                optimizer.zero_grad()
                out = net(torch.from_numpy(np.ascontiguousarray(images[step])))
                loss = lost(out, torch.from_numpy(y[step]))
                loss.backward()
                if step == 0:
                    kept |= {f"{name}/start": start, f"{name}/out": values(out)}
                    kept[f"{name}/gradient"] = collect(name, net, derivatives)
                optimizer.step()
                losses.append(loss.item())
                points.append(collect(name, net, values))
            path = f"{name}/{opt}"
            kept |= {f"{path}/losses": np.array(losses), f"{path}/first": points[0], f"{path}/last": points[-1]}
            kept[f"{path}/statistics"] = statistics(net)
    np.savez_compressed(target, **kept)


if __name__ == "__main__":
    main()
