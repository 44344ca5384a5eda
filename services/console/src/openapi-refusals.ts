import type { OperationRefusals } from '@freshet/runtime'

/** The refusals of every route. */
export const refusals: OperationRefusals = { name: 'Refused', surfaces: ['service', 'console'] }
