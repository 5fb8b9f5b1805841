// What an application says about its mail.

import NightjarMail

extension App {
    /// Where a browser on this machine sees the mails that were sent, such as `/_nightjar/mail`; nil if they leave this
    /// machine, that is in production or once `MAIL_URL` is set.
    public var mailPreview: String? { mailer.transport is Outbox ? MailPreview.path : nil }
}
