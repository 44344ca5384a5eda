import { authorityOperations } from './authority-requests.ts'
import { consoleOperations } from './console-requests.ts'
import { gatewayOperations } from './gateway-requests.ts'
import { sharedOperations, type Guard } from './operation.ts'
import { sidecarOperations } from './sidecar-requests.ts'

/** Every operation of every service. A test compares it with `/openapi.json` of each started service. */
const CORPUS = {
  gateway: gatewayOperations,
  authority: authorityOperations,
  reconciler: sharedOperations,
  sidecar: sidecarOperations,
  console: consoleOperations,
}

/** The guards and the largest body of an operation. */
export interface Limits {
  readonly guards: readonly Guard[]
  readonly bytesMax?: number
}

/** The operations by service. */
export const OPERATIONS: Readonly<Record<string, Readonly<Record<string, Limits>>>> = CORPUS
