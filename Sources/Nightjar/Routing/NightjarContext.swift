// What Hummingbird keeps per request. Ours lives in the Exchange; this only holds what Hummingbird needs, and who is at
// the other end of the connection for the case that no server of ours made an Exchange.

package import Hummingbird
import NIOCore

/// Hummingbird's context for requests of this framework.
package struct NightjarContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let client: ClientAddress?

    package init(source: ApplicationRequestContextSource) {
        self.coreContext = CoreRequestContextStorage(source: source)
        self.client = source.channel.remoteAddress.map { .peer($0) }
    }
}
