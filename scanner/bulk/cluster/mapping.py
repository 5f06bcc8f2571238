"""Runs actors over blocks by Ray Data, from a machine of the cluster or through Ray's client; it knows no image."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import ray
import ray.data
import ray.util.client

from scanner.bulk.cluster.connection import ClusterUnavailable


@dataclass(frozen=True, slots=True)
class Mapping:
    """What actors make of blocks."""

    blocks: Sequence[pa.Table]
    actor: type  # called with a block, it returns another
    arguments: dict[str, Any]  # of the actor's constructor, by name
    actors: int  # at most; a cluster with fewer processors has fewer
    in_order: bool = False

    def results(self) -> Iterator[pa.Table]:
        """The results as they come, each once. What a lost node was at is done again by others.

        Raises ClusterUnavailable where the node is lost that feeds the others.
        """
        if not ray.util.client.ray.is_connected():
            yield from self._mapped()
            return
        feeder = ray.remote(_Feeder).options(num_cpus=0).remote(self)  # Ray Data does not run in a client
        try:
            while (result := ray.get(feeder.next.remote())) is not None:
                yield result
        except ray.exceptions.RayActorError as error:
            raise ClusterUnavailable(
                "the machine of the cluster that feeds the others is lost: give the same command again"
            ) from error
        finally:
            ray.kill(feeder)

    def _mapped(self) -> Iterator[pa.Table]:
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.execution_options.preserve_order = self.in_order
        results = ray.data.from_arrow(list(self.blocks)).map_batches(
            self.actor,
            fn_constructor_kwargs=self.arguments,
            batch_size=None,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=self.actors, initial_size=self.actors),
            num_cpus=1,
        )
        yield from results.iter_batches(batch_size=None, batch_format="pyarrow")


class _Feeder:
    """On the cluster: runs Ray Data for a client."""

    def __init__(self, mapping: Mapping) -> None:
        self._results = mapping._mapped()

    def next(self) -> pa.Table | None:
        """The next result; None: there is none."""
        return next(self._results, None)
