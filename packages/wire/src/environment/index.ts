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
