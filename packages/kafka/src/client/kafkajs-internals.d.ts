declare module 'kafkajs/src/*' {
  const loaded: unknown
  export = loaded
}
