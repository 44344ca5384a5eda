export { cleanUpLeftovers } from './leftovers.ts'
export { makeOwnedDir, noteChild, type DirKind } from './owned-dir.ts'
export { endProcess } from './end-process.ts'
export { isAlive, startOf } from './process-identity.ts'
