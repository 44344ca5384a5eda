import Module from 'node:module'

/** The function of Node that resolves each `require`. It finds `kafkajs-next` in place of kafkajs from now on. */
const RESOLVE = '_resolveFilename'
const resolve = Module[RESOLVE]
Module[RESOLVE] = function resolveNext(request, ...rest) {
  return resolve.call(this, request.replace(/^kafkajs(?=\/|$)/, 'kafkajs-next'), ...rest)
}
