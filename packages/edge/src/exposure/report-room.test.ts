import { partitionOf } from '@freshet/protocol'
import {
  decodeEdgeReport,
  EDGE_REPORTS_TOPIC,
  edgeReportPartition,
  EXPOSED_MAX,
} from '@freshet/wire'
import { ALICE, edgesIn, edgeWorld } from '@freshet/testkit'
import { expect, it } from 'vitest'

it.each([
  [EXPOSED_MAX, true],
  [EXPOSED_MAX + 1, false],
])(
  '%i exposures of a revocation: one report holds them, so it calls them all: %s',
  async (count, isAll) => {
    const world = await edgeWorld()
    const edges = edgesIn(world)
    try {
      const edge = await edges.live()
      await world.liveFor(2_000)
      const lost = world.groupsLost(101n)
      await world.clock.advance(1)
      const token = world.token()
      for (let n = 0; n < count; n++)
        await edge.decide({ token, require: { groups: ['payments-approvers'] }, name: `GET /${n}` })
      await world.publish(partitionOf(ALICE), [lost])
      await world.liveFor(2_000)
      const reports = world.log
        .records(EDGE_REPORTS_TOPIC, edgeReportPartition('edge-1'))
        .flatMap((record) => decodeEdgeReport(record) ?? [])
      const exposed = reports.flatMap((report) => report.exposed ?? [])
      expect(exposed).toHaveLength(count)
      const applies = reports.flatMap(({ partitions }) =>
        partitions.flatMap((each) => each.applies),
      )
      expect(applies.map(({ allowsSinceMs }) => allowsSinceMs !== undefined)).toEqual([isAll])
    } finally {
      await edges.closeAll()
    }
  },
)
