export type { Decisions } from './weaken.ts'
export { weakened, type WeakRule } from './weak-rules.ts'
