// What libcurl is told once for each connection: where, how secure, who we are, how long to wait.

import CNightjarCurl
import Foundation

enum CurlOptions {
    static func apply(_ server: SMTPConfiguration, to handle: UnsafeMutableRawPointer) {
        let host = server.host.contains(":") ? "[\(server.host)]" : server.host
        let scheme = server.security == .tls ? "smtps" : "smtp"
        // The path is the name libcurl says in EHLO.
        let url = "\(scheme)://\(host):\(server.port)/\(server.helloName ?? ownName())"
        nightjar_curl_set_text(handle, CURLOPT_URL, url)
        nightjar_curl_only_mail(handle)
        nightjar_curl_set_number(handle, CURLOPT_UPLOAD, 1)
        nightjar_curl_set_number(handle, CURLOPT_NOSIGNAL, 1)
        // ALL_PROXY in the environment is meant for the web.
        nightjar_curl_set_text(handle, CURLOPT_PROXY, "")
        nightjar_curl_allow_refused_recipients(handle)

        let useTLS = server.security == .none ? CURLUSESSL_NONE : CURLUSESSL_ALL
        nightjar_curl_set_number(handle, CURLOPT_USE_SSL, Int(useTLS.rawValue))
        nightjar_curl_set_number(handle, CURLOPT_SSL_VERIFYPEER, 1)
        nightjar_curl_set_number(handle, CURLOPT_SSL_VERIFYHOST, 2)
        nightjar_curl_set_number(handle, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        if let file = server.certificateAuthorities { nightjar_curl_set_text(handle, CURLOPT_CAINFO, file) }

        if let credentials = server.credentials {
            nightjar_curl_set_text(handle, CURLOPT_USERNAME, credentials.user)
            if server.method == .xoauth2 {
                nightjar_curl_set_text(handle, CURLOPT_XOAUTH2_BEARER, credentials.secret.value)
            } else {
                nightjar_curl_set_text(handle, CURLOPT_PASSWORD, credentials.secret.value)
            }
            nightjar_curl_set_text(handle, CURLOPT_LOGIN_OPTIONS, loginOptions(server.method))
        }

        let timeouts = server.timeouts
        nightjar_curl_set_number(handle, CURLOPT_CONNECTTIMEOUT_MS, timeouts.connect.milliseconds)
        nightjar_curl_set_number(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, timeouts.command.wholeSeconds)
        nightjar_curl_set_number(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
        nightjar_curl_set_number(handle, CURLOPT_LOW_SPEED_TIME, timeouts.data.wholeSeconds)
    }

    private static func loginOptions(_ method: SMTPConfiguration.Method) -> String {
        switch method {
        case .auto: "AUTH=PLAIN;AUTH=LOGIN"
        case .plain: "AUTH=PLAIN"
        case .login: "AUTH=LOGIN"
        case .xoauth2: "AUTH=XOAUTH2"
        }
    }

    /// This machine's name, or “localhost” when it has none that a server would take.
    private static func ownName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        let name = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return !name.isEmpty && HostSyntax.isName(name) ? name : "localhost"
    }
}

extension Duration {
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    /// At least 1, since 0 means for ever to libcurl.
    fileprivate var milliseconds: Int { max(1, Int(min(seconds * 1000, 1e9))) }

    fileprivate var wholeSeconds: Int { max(1, Int(min(seconds.rounded(.up), 1e6))) }
}
