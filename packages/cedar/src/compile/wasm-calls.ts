import { setFlagsFromString } from 'node:v8'

// Node 20 (V8 11.3) ends the process ("unreachable code" in its deoptimizer) where code that has a call of
// WebAssembly compiled into it is put away during that call. With this flag the call is a step longer.
if (process.versions.v8.startsWith('11.')) setFlagsFromString('--no-turbo-inline-js-wasm-calls')
