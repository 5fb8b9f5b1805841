// The table of all variables: the one source for loading them, for the help text and for the documentation.
// The defaults themselves stand at the fields of AppConfiguration; here is why they are what they are.

import Logging

/// All variables that an application understands.
enum SettingsTable {
    /// The rows, in the order in which a person reads about them.
    ///
    /// - Parameter backends: Names that `QUEUE_BACKEND` may have besides the built-in ones.
    static func rows(backends: [String] = []) -> [Setting] {
        server + queue(backends: backends) + (backends.contains("redis") ? [redis] : []) + mail
    }

    private static let server: [Setting] = [
        Setting(
            "APP_ENV",
            \.environment,
            .oneOf(AppEnvironment.self, sameAs: ["test": .testing]),
            "stage the application runs in",
            why: "Whoever tries it out should see errors; whoever deploys it sets this once."
        ),
        Setting(
            "HOST",
            \.host,
            .text,
            "address to listen on; 0.0.0.0 for all",
            why: "A program just started should not be reachable from outside by accident."
        ),
        Setting(
            "PORT",
            \.port,
            .integer(0...65535),
            "port to listen on; 0 for any free one",
            why: "The port that needs no privileges and that everybody tries first."
        ),
        Setting(
            "LOG_LEVEL",
            \.logLevel,
            .oneOf(Logger.Level.self),
            "how much is logged",
            why: "One line for each request, and nothing for each step inside."
        ),
        Setting(
            "BASE_URL",
            \.baseURL,
            ValueSyntax.url("http://", "https://").optional,
            "how links back to the application begin",
            why: "Unknown until told: the Host header is chosen by the client and must not end up in mail."
        ),
        Setting(
            "APP_SECRET",
            \.secret,
            ValueSyntax.text(atLeast: 32).optional,
            "secret that keys are derived from",
            why: "There is no safe default for a secret.",
            isSecret: true
        ),
        Setting(
            "MAX_BODY_SIZE",
            \.maxBodySize,
            .byteCount,
            "largest request body",
            why: "Enough for any form, too little for a few clients to fill the memory."
        ),
        Setting(
            "MAX_CONNECTIONS",
            \.maxConnections,
            ValueSyntax.integer(1...Int.max).optional,
            "connections served at once",
            why: "No limit of our own: the right number depends on the machine, and the system has one."
        ),
        Setting(
            "SHUTDOWN_LIMIT",
            \.shutdownLimit,
            .duration,
            "how long a shutdown may take",
            why: "As long as the usual supervisors wait before they kill."
        ),
        Setting(
            "TRUSTED_PROXIES",
            \.trustedProxies,
            .proxies,
            "proxies whose X-Forwarded-For is believed",
            why: "Anybody can send the header, so nobody is believed until named."
        ),
        Setting(
            "TLS_CERTIFICATE",
            \.tlsCertificate,
            ValueSyntax.text.optional,
            "file with the certificate chain (PEM)",
            why: "Without a certificate the server speaks plain HTTP, as behind a proxy."
        ),
        Setting(
            "TLS_PRIVATE_KEY",
            \.tlsPrivateKey,
            ValueSyntax.text.optional,
            "file with the private key (PEM)",
            why: "Goes with TLS_CERTIFICATE."
        ),
        Setting(
            "CONTEXT_HEADERS",
            \.contextHeaders,
            .list("names of headers"),
            "headers that jobs may read besides the usual four",
            why: "What a job carries is stored with it, so only what it needs."
        ),
    ]

    /// Of use only to programs that have a backend of this name.
    private static let redis = Setting(
        "REDIS_URL",
        \.redisURL,
        ValueSyntax.url("redis://", "rediss://", "unix://").optional,
        "where the redis backend keeps jobs",
        why: "There is no server that could be assumed.",
        aliases: ["ASOK_REDIS_URL"],
        winner: "ASOK_REDIS_URL",
        isSecret: true
    )

    private static func queue(backends: [String]) -> [Setting] {
        [
            Setting(
                "PLUGINS",
                \.plugins,
                ValueSyntax.list("names of plugins that are linked, or none").optional,
                "plugins that are active; none for none",
                why: "Whoever links a plugin wants it; leaving one out is the exception."
            ),
            Setting(
                "QUEUE_BACKEND",
                \.queueBackend,
                .word(["memory", "database"] + backends, sameAs: ["local": "memory"]),
                "where jobs are kept",
                why: "Works on any machine with nothing installed; jobs end with the process.",
                aliases: ["QUEUE_DRIVER", "ASOK_QUEUE_BACKEND", "NUVOM_QUEUE_BACKEND"]
            ),
            Setting(
                "DATABASE_URL",
                \.databaseURL,
                .text,
                "where the database backend keeps jobs",
                why: "A file beside the program is there without anybody setting one up.",
                isSecret: true
            ),
            Setting(
                "DATABASE_SYNC",
                \.databaseSync,
                .oneOf(DatabaseSync.self),
                "whether an answer waits for the disk: normal or full",
                why: "Waiting costs a hundred times the commit, and only a power cut shows the difference."
            ),
            Setting(
                "BG_WORKERS",
                \.backgroundWorkers,
                .integer(1...10_000),
                "jobs at once in the serving process",
                why: "Enough that a few slow calls to other systems do not hold up the rest.",
                aliases: ["QUEUE_MEMORY_CONCURRENCY"]
            ),
            Setting(
                "BG_PRIORITY",
                \.backgroundPriority,
                .oneOf(ThreadPool.Priority.self),
                "how job threads compete with pages",
                why: "Somebody waits for a page; nobody waits for a job."
            ),
            Setting(
                "WORKER_CONCURRENCY",
                \.workerConcurrency,
                .integer(1...10_000),
                "jobs at once in a worker process",
                why: "The same as in the serving process, so that moving jobs out changes nothing else.",
                aliases: ["NUVOM_MAX_WORKERS", "ASOK_WORKER_CONCURRENCY", "BACKGROUND_TASK_ASYNC_THREADS"]
            ),
            Setting(
                "WORKER_QUEUES",
                \.workerQueues,
                .list("names of queues, the most urgent first"),
                "queues to pull, most urgent first; * for any other",
                why: "Ends with *, because a job in a queue that nobody listed would wait for ever.",
                aliases: ["ASOK_WORKER_QUEUES"]
            ),
            Setting(
                "WORKER_EMBEDDED",
                \.workerEmbedded,
                .flag,
                "also run jobs inside serve",
                why: "One process is enough to begin with."
            ),
            Setting(
                "QUEUE_MAX_ATTEMPTS",
                \.maxAttempts,
                .integer(1...1000),
                "how often a job is tried",
                why: "With growing pauses five attempts outlast a restart of most other systems.",
                aliases: ["MAX_ATTEMPTS"]
            ),
            Setting(
                "QUEUE_MAX_RUN_TIME",
                \.maxRunTime,
                .duration,
                "how long one attempt may run",
                why: "Long enough for a report, short enough that a stuck job is noticed the same day.",
                aliases: ["MAX_RUN_TIME"]
            ),
            Setting(
                "QUEUE_LIMIT",
                \.queueLimit,
                ValueSyntax.integer(1...100_000_000).optional,
                "jobs that may wait",
                why:
                    "In memory 100 000, about 40 MB, so that a flood is refused in time; a database has the disk's room."
            ),
            Setting(
                "QUEUE_KEEP_COMPLETED",
                \.keepCompleted,
                .duration,
                "how long completed and cancelled jobs are kept",
                why: "A page left open over night still shows its result."
            ),
            Setting(
                "QUEUE_KEEP_FAILED",
                \.keepFailed,
                .duration,
                "how long dead letters are kept",
                why: "A holiday must not cost them."
            ),
        ]
    }

    private static let mail: [Setting] = [
        Setting(
            "MAIL_URL",
            \.mailURL,
            ValueSyntax.url("smtp://", "smtps://", "sendmail:", "file:///", "log:", "memory:").optional,
            "server or folder that mail is handed to",
            why: "Nothing leaves a machine that was not told where to send it.",
            isSecret: true
        ),
        Setting(
            "MAIL_FROM",
            \.mailFrom,
            ValueSyntax.text.optional,
            "sender of mail that names none",
            why: "The user of MAIL_URL if that is an address; no other can be assumed."
        ),
        Setting(
            "MAIL_REDIRECT_TO",
            \.mailRedirectTo,
            ValueSyntax.text.optional,
            "address that gets every mail instead",
            why: "For copies of a system that hold the addresses of real people."
        ),
    ]

    /// The variables with their defaults, meanings and older names, as `--help` shows them; no line is wider than 78.
    static var help: String {
        let defaults = AppConfiguration()
        let rows = rows(backends: linked?.backendNames ?? []).flatMap { row in
            var lines = ["  \(row.name)=\(row.text(defaults))", "      \(row.meaning)"]
            if row.name == "QUEUE_BACKEND" { lines.append("      \(row.allowed)") }
            for alias in row.aliases { lines.append("      also \(alias)") }
            return lines
        }
        let own = (linked?.plugins ?? []).flatMap { plugin in
            plugin.settings.flatMap { setting in
                ["  \(plugin.variable(setting.key))=\(setting.fallback)", "      \(setting.meaning)"]
            }
        }
        return (rows + own).joined(separator: "\n")
    }

    /// What is linked into the program whose command line is being read; the parser knows no application.
    @TaskLocal static var linked: LinkedPlugins?
}
