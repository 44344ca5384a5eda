import type { Board } from './board.ts'
import { EDGES } from './edges.ts'
import { OVERVIEW } from './overview.ts'
import { PIPELINE } from './pipeline.ts'

/** Every board by its name. */
export const BOARDS: Readonly<Record<Board['name'], Board>> = {
  overview: OVERVIEW,
  pipeline: PIPELINE,
  edges: EDGES,
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
