/**
 * `oss-resumable/emulator`: an OSS with STS on this machine, for tests and development. Node only.
 *
 * What isn't exported here is private. The same, as a command: `npx oss-resumable emulator`.
 */
export { EmulatorError } from './emulator-error.js';
export type { AccessKeyPair, EmulatorLimits, EmulatorOptions } from './emulator-options.js';
export { type Emulator, type EmulatorCredentials, startEmulator } from './start-emulator.js';
export type {
  ActiveFault,
  AssumeRoleReply,
  CallbackReply,
  ConditionValue,
  Control,
  CorsRule,
  Fault,
  FaultRule,
  LinkState,
  LogEntry,
  OpenUpload,
  OperationName,
  PolicyDocument,
  PolicyStatement,
  ReceivedCallback,
  ServiceRules,
  StoredObject,
  Versioning,
} from './types.js';
