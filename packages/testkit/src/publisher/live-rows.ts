import type { PublishableRow, PublisherStore } from '@freshet/reconciler'

/** All rows that a publisher would send that starts a partition anew, in the order of the steps. */
export function liveRowsOf(
  store: PublisherStore,
  partition: number,
): Promise<readonly PublishableRow[]> {
  return store.readLive(partition, async ({ steps }) => {
    const rows: PublishableRow[] = []
    for await (const some of steps) rows.push(...some)
    return rows
  })
}
