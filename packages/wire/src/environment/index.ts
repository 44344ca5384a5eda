export * from './config.ts'
export * from './watched-file.ts'
export * from './pem.ts'

export * from './watched-text.ts'
