// What `import Nightjar` brings along: the words that appear in a handler's signature.

@_exported public import HTTPTypes
@_exported public import Logging
@_exported public import NightjarJobs
@_exported public import NightjarMail

@_exported public import struct NIOCore.ByteBuffer
