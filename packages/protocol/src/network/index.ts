export * from './loopback.ts'
export * from './pair-hosts.ts'
export * from './tls-faults.ts'
