import type { OperationRefusals } from '@freshet/runtime'

/** The refusals of every route. */
export const consoleRefusals: OperationRefusals = {
  name: 'Refused',
  surfaces: ['service', 'console'],
}
