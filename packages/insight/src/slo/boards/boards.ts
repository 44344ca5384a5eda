import type { Board } from './board.ts'
import { edgesBoard } from './edges.ts'
import { overviewBoard } from './overview.ts'
import { pipelineBoard } from './pipeline.ts'
import type { Promises } from './promises.ts'

/** Every board by its name. */
export type Boards = Readonly<Record<Board['name'], Board>>

/** Returns the boards, with the promises of the objectives as their limits. */
export function boardsOf(promises: Promises): Boards {
  return {
    overview: overviewBoard(promises),
    pipeline: pipelineBoard(promises),
    edges: edgesBoard(promises),
  }
}

/** The file by which Grafana finds the boards in a folder. */
export const PROVISIONING: object = {
  apiVersion: 1,
  providers: [
    {
      name: 'freshet',
      folder: 'Freshet',
      type: 'file',
      allowUiUpdates: false,
      options: { path: '/var/lib/grafana/dashboards/freshet' },
    },
  ],
}
