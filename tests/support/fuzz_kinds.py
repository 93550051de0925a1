"""What the arguments of everything public are: a kind by name, and what each kind takes of the values tried."""

from __future__ import annotations

__all__ = ["FUNCTIONS", "KINDS", "LEGAL"]

WHOLE = {"0", "2", "int8", "0-d int"}
REAL = WHOLE | {
    "-1", "-0.0", "0.5", "2.0", "1e30", "1e308", "-1e308", "5e-324", "2**63", "-2**63", "10**30", "Decimal", "Fraction",
    "float32", "0-d",
}  # fmt: skip
ROWS = {
    "[0.5, 0.5]", "[1, 2]", "[-1, 2]", "[1e200, 1e200]", "[[1, 2], [3, 4]]", "range", "big ints", "deep", "memoryview",
}  # fmt: skip
COUNTS = {"[1, 2]", "[2]", "[]", "()", "range", "memoryview", "empty array", "set", "generator", "bytearray"}
SINGLE = {"[0.5]", "[2]", "[]", "()", "empty array", "empty rows", "matrix of one", "long"}
OPEN = {
    "nan",
    "inf",
    "-inf",
    "[nan, nan]",
    "[inf, 1]",
    "0-d nan",
    "float16 inf",
    "Decimal nan",
}  # arithmetic goes through
TEXT = {"''", "'1'", "'x'", "long text", "two lines", "surrogate", "'\\0'", "no such user"}
FUNCTIONS = {"lambda", "function", "type", "Family", "optimizer class", "distribution class", "Surface"}
# What a kind takes; what is out of its range it may refuse. A ? behind a kind: None as well.
LEGAL = {
    "number": REAL,
    "value": REAL | OPEN,
    "number or points": ROWS | REAL,
    "count": WHOLE,
    "counts": COUNTS,
    "seeds": COUNTS | {"big ints"},
    "count or counts": COUNTS | WHOLE | {"-1"},
    "count or points": ROWS | SINGLE | WHOLE,
    "seed": WHOLE | {"2**63", "10**30", "10**400"},
    "random": COUNTS | WHOLE | {"2**63", "10**30", "10**400", "generator of numbers", "big ints", "empty rows",
                                "[True, False]"},
    "flag": {"True", "False", "np.True_"},
    "flag or count": {"True", "False", "np.True_"} | WHOLE,
    "point": ROWS | OPEN | {"empty rows"},
    "points": ROWS,
    "points or name": ROWS,
    "grid": ROWS | SINGLE,
    "points or function": ROWS | SINGLE | REAL | OPEN | FUNCTIONS | {"raises"},
    "parameter": ROWS | REAL | SINGLE | {"ramp"},
    "pair": {"[0.5, 0.5]"},
    "array": ROWS | SINGLE | REAL | OPEN,
    "choice": set(),
    "name": set(),
    "choices": {"[]", "()", "empty array"},
    "text": TEXT,
    "names": {"[]", "()", "empty array", "words", "word array"} | TEXT,
    "path": TEXT | {"Path"},
    "mapping": {"{}", "{'a': 1}"},
    "function": FUNCTIONS,
    "functions": {"[]", "()", "[Surface]", "[raises]"},
    "optimizer": {"optimizer"},
    "optimizers": {"optimizer", "[optimizer]"},
    "surface": {"Surface"},
    "surfaces": {"Surface", "[Surface]"},
    "law": {"distribution", "distribution class"},
    "distribution": {"distribution"},
    "law class": {"distribution class"},
    "thing": set(),
    "own": {"Surface", "Family", "[Surface]", "[]", "()", "empty array", "optimizer class"},
    "surface or family": {"Surface", "Family"},
    "name or thing": {"Surface", "Family", "[Surface]", "[]", "()", "{}", "empty array"},
    "things": {"[]", "()", "{}", "empty array"},
    "dtype": {"dtype"},
    "nothing": set(),
    "anything": None,
}  # fmt: skip

# The arguments of a kind, by name, or room.callable.name where others mean something else by it.
KINDS = {
    "number": """lr momentum dampening weight_decay lr_decay initial_accumulator_value rho eps sigma c radius rtol merge
        level rate dropout factor final warmup validation floor target epoch start slope every seconds width gtol
        Apollo.beta RMSProp.alpha pair_block.alpha b1 b2 b3 eps_root momentum_decay c1 shrink grow damping ftol""",
    "number?": """same_lr update.step.lr pair_block.beta surface_3d.elevation surface_3d.azimuth method.tol""",
    "value?": "adam.step.f ngdm.step.f",
    "count": """starts steps tuning_starts replicates references max_points trials samples resolution pixels
        per_decade replicate points n epochs batch_size units inputs classes outputs features channels side filters
        stride checkpoint_every maxiter most multiple stratified.test MaxPool2D.size Apollo.warmup window cut fps""",
    "count?": """patience truncate norms_every workers ecdf.starts outcomes.samples outcomes.epochs folder.train
        folder.test tuning_epochs MaxPool2D.stride default_dim dim""",
    "counts": "shapes lenet5.filters cifar_cnn.filters sizes Model.input_shape",
    "seeds": "frames.seeds",
    "counts?": "dims",
    "count or counts": "shape nets.race.seeds Conv2D.size Conv2D.padding",
    "count or counts?": "rvs.size",
    "seed": "seed key rng first_run",
    "random?": "random_state",
    "flag": """nesterov centered decoupled_weight_decay quantiles progress tuning control transpose training batch_norm
        tune resume sequences legend notes bar line shade ellipses effective direction twin own_style""",
    "flag?": """landscape.family normalise surface_3d.log outcomes.progress outcomes.batch_norm fit.progress""",
    "flag or count": "plots.basins.legend method.disp",
    "point": """surface.__call__.x surface.value.x surface.grad.x surface.value_and_grad.x surface.hessian.x
        surface.hessian_product.x slice.__call__.x slice.value.x slice.grad.x slice.value_and_grad.x slice.hessian.x
        slice.hessian_product.x slice.points.x
        slice.coordinates.points dirichlet.v gendir.v adam.step.g ngdm.step.g""",
    "points": "x y g z p v mean cov y_train y_test x0",
    "points?": "loss_slice.centre z0 weights",
    "points or name": "directions view",
    "grid": "project_simplex.v dropped_term.alphas method.x0",
    "grid?": "experiments.loss_slice.paths mixture.weights ecdf.targets alphas rates",
    "points or function": "landscape.bounds",
    "points or function?": "landscape.minima landscape.f_min",
    "number or points": "surface.shifted.v slice.shifted.v",
    "count or points": "RadialMap.centre ensemble.starts rate_map.starts",
    "parameter": "alpha beta",
    "pair": "betas",
    "array": "sinpi.x cospi.x evaluations ratio clean noisy labels x_train x_test adam.init.x ngdm.init.x",
    "array?": "span ridge.gain",
    "choice": """form line8 decay first_step scope backend precision index odd biases reading cost pace what
        path_plane.points preset.optimizer.distribution judge_all.level goal BarzilaiBorwein.size""",
    "name": """text landscapes.get.name optimizers.get.name nets.load.name get.model label race.entry.surface
        compare.surface a b kind loss model.to.device least_squares_problem.name problem""",
    "names?": "tag",
    "name?": "phi fit.device activation tuning_curve.surface race.on.surface",
    "choices": "kinds indices race_figures.only",
    "choices?": "outcomes.models",
    "text": "source split name follows Contender.label colour.label look.label",
    "text?": "landscape.name folder.name",
    "names": "tags state numbers Data.classes",
    "path": "path file folder",
    "mapping": "sha256 Data.settings",
    "path?": "journal checkpoint animate.file",
    "function": "fun jac sampler nets.race.model",
    "function?": "schedule callback",
    "functions": "callbacks",
    "optimizer": "opt optimizer check_rule.r",
    "optimizers": "rules ensemble.opt",
    "optimizers?": "experiments.race.rules plan.rules frames.rules",
    "surface": "s basin_share.surface frames.surface surface_3d.what what loss_slice.target",
    "surface?": "plots.surface animate.surface basin_panels.surface plots.basins.surface path_plane.surface "
                "step_angles.surface surface_3d.surface trajectories.surface",
    "surfaces?": "surfaces",
    "law": "energy_test.distribution triangle_test.distribution",
    "law class": "power.kind",
    "distribution": "distribution law other laws",
    "surface or family": "check_landscape.f",
    "name or thing?": "bibtex.names",
    "own": "experiments.load.own",
    "thing": """step.state race result mapping model data trace plane results traces entries figure layers
        race_or_tuning spec""",
    "surface or family?": "from_spec.own",
    "thing?": "ax axes series experiments.loss_slice.data",
    "things": "claims loss_slice.paths made",
    "things?": "groups marks limits method.constraints",
    "dtype": "dtype",
    "anything": "args changes hyperparameters options parameters unknown hess hessp executor",
    "nothing?": "method.bounds",
}  # fmt: skip
