export { isLoopback } from './loopback.ts'
export { certificateNames, tlsFaults, type TlsFixes } from './tls-faults.ts'
