export { clientTypes } from './client-types.ts'
export { lintAsyncApi } from './lint-asyncapi.ts'
export { lintOpenApi } from './lint-openapi.ts'
