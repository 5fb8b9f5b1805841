// What the framework ships that is not Swift, embedded at build time, so that a program runs from any folder, alone.

/// The framework's own templates.
package enum NightjarResources {
    /// The page a browser sees when something went wrong; Mustache.
    package static var errorPage: [UInt8] { PackageResources.error_mustache }

    /// The page that shows mails which did not leave this machine; Mustache.
    package static var mailPage: [UInt8] { PackageResources.mail_mustache }

    /// How that page looks.
    package static var mailStyle: [UInt8] { PackageResources.mail_css }

    /// What keeps that page up to date.
    package static var mailScript: [UInt8] { PackageResources.mail_js }
    /// The systemd unit of a process that answers requests; Mustache.
    package static var webUnit: [UInt8] { PackageResources.web_service }
    /// The systemd unit of a process that runs jobs; Mustache.
    package static var workerUnit: [UInt8] { PackageResources.worker_service }
    /// What both units may not do; Mustache.
    package static var unitHardening: [UInt8] { PackageResources.hardening_conf }
}
