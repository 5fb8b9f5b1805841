import Testing

@testable import NightjarMail

@Suite("MAIL_URL")
struct MailRouteTests {
    private func server(_ text: String) throws -> SMTPConfiguration {
        guard case .smtp(let server) = try MailRoute(text) else { throw SetupError(description: "not smtp: \(text)") }
        return server
    }

    @Test("a server, its port, its protection and who we are")
    func servers() throws {
        let full = try server("smtp://ada%40example.org:p%3Aa%40ss@mail.example.org:2525")
        #expect(full.host == "mail.example.org")
        #expect(full.port == 2525)
        #expect(full.security == .startTLS)
        #expect(full.credentials?.user == "ada@example.org")
        #expect(full.credentials?.secret.value == "p:a@ss")
        #expect(try server("smtp://mail.example.org").port == 587)
        #expect(try server("smtps://mail.example.org").port == 465)
        #expect(try server("smtps://mail.example.org").security == .tls)
        #expect(try server("SMTP://mail.example.org/").credentials == nil)
        #expect(try server("smtp://[2001:db8::1]:26").host == "2001:db8::1")
        #expect(try server("smtp://ada:a@b@mail.example.org").credentials?.secret.value == "a@b")
        let options = try server(
            "smtp://u:t@mail.example.org?auth=xoauth2&ca=/etc/ca.pem&ehlo=web.example.org&connections=2"
        )
        #expect(options.method == .xoauth2)
        #expect(options.certificateAuthorities == "/etc/ca.pem")
        #expect(options.helloName == "web.example.org")
        #expect(options.connections == 2)
    }

    @Test("STARTTLS is required, except on this machine")
    func startTLS() throws {
        for host in ["mail.example.org", "10.0.0.1", "127.example.org", "localhost.example.org", "[fe80::1]"] {
            #expect(try server("smtp://\(host)").security == .startTLS, "\(host)")
        }
        for host in ["localhost", "127.0.0.1", "127.3.2.1", "[::1]", "LOCALHOST"] {
            #expect(try server("smtp://\(host):25").security == .none, "\(host)")
        }
        #expect(try server("smtp://localhost?starttls=required").security == .startTLS)
        #expect(try server("smtp://mailpit:1025?starttls=off").security == .none)
    }

    @Test("the ways that need no server")
    func others() throws {
        #expect(try MailRoute("sendmail:") == .sendmail(path: "/usr/sbin/sendmail"))
        #expect(try MailRoute("sendmail:///opt/msmtp") == .sendmail(path: "/opt/msmtp"))
        #expect(try MailRoute("file:///var/spool/out%20box") == .file(directory: "/var/spool/out box"))
        #expect(try MailRoute("log:") == .log)
        #expect(try MailRoute("memory:") == .memory)
        #expect(try MailRoute("smtp://ada:hunter2@mail.example.org").description == "smtp://mail.example.org:587")
        #expect(try MailRoute("smtp://mail.example.org").isRemote)
        #expect(try !MailRoute("smtp://localhost").isRemote)
    }

    @Test(
        "what cannot be read is explained, and the password is not quoted",
        arguments: [
            ("", "begin with"), ("hunter2", "begin with"), ("ada:hunter2@mail.example.org", "begin with"),
            ("smpt://ada:hunter2@mail.example.org", "did you mean smtp"), ("http://ada:hunter2@x", "begin with"),
            ("smtp:ada:hunter2@mail.example.org", "two slashes"), ("smtp://", "names no server"),
            ("smtp://ada:hunter2@", "names no server"), ("smtp://hunter2@mail.example.org", "joined by a colon"),
            ("smtp://:hunter2@mail.example.org", "joined by a colon"),
            ("smtp://ada:hunter2/x@mail.example.org", "%2F"), ("smtp://ada:hunter2#x@mail.example.org", "%23"),
            ("smtp://ada:hunter2?x@mail.example.org", "%3F"), ("smtp://ada:hunter2%zz@mail.example.org", "%25"),
            ("smtp://ada:hunter2%0d%0aX@mail.example.org", "control character"),
            ("smtp://ada:hunter2 @mail.example.org", "%20"),
            ("smtp://ada:hunter2@mail.example.org:99999", "65535"),
            ("smtp://ada:hunter2@mail.example.org:abc", "65535"),
            ("smtp://ada:hunter2@mail_host", "host name"), ("smtp://ada:hunter2@[::1", "]"),
            ("smtp://ada:hunter2@[mail]", "IPv6"),
            ("smtp://ada:hunter2@mail.example.org?starttls=maybe", "required, off"),
            ("smtps://ada:hunter2@mail.example.org?starttls=off", "smtp://"),
            ("smtp://ada:hunter2@mail.example.org?starttls=off", "unprotected"),
            ("smtp://ada:hunter2@mail.example.org?atuh=plain", "did you mean auth"),
            ("smtp://ada:hunter2@mail.example.org?auth=ntlm", "xoauth2"),
            ("smtp://mail.example.org?auth=xoauth2", "token"),
            ("smtp://mail.example.org?ca=x.pem", "absolute"), ("smtp://mail.example.org?connections=0", "1 to 64"),
            ("smtp://mail.example.org?ehlo=a%20b", "host name"), ("file://relative", "absolute"), ("file:", "absolute"),
            ("log:hunter2", "nothing after"),
        ]
    )
    func errors(text: String, hint: String) {
        let error = #expect(throws: MailError.self) { try MailRoute(text) }
        let sentence = error?.description ?? ""
        #expect(sentence.hasPrefix("MAIL_URL "))
        #expect(sentence.contains(hint), "\(sentence)")
        #expect(!sentence.contains("hunter2"))
        #expect(error?.kind == .configuration)
    }

    @Test("a secret does not show itself")
    func hidden() throws {
        let route = try MailRoute("smtp://ada:hunter2@mail.example.org")
        var dumped = ""
        dump(route, to: &dumped)
        for text in [
            "\(route)", String(reflecting: route), String(describing: try server("smtp://ada:hunter2@x")), dumped,
        ] {
            #expect(!text.contains("hunter2"))
        }
    }
}
