export {
  readConfig,
  secret,
  setting,
  type Config,
  type Relation,
  type Variable,
  type Variables,
} from './config.ts'
export {
  FILE_READ_EVERY_MS,
  watchFile,
  type WatchedFile,
  type WatchOptions,
} from './watched-file.ts'
export { readCertificates, readPrivateKey } from './pem.ts'
export { isServiceLink } from './service-links.ts'
export { watchText, type FileLogger, type TextFile, type TextWatch } from './watched-text.ts'
