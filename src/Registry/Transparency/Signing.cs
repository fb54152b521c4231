namespace Registry.Transparency;

/// <summary>The key that signs what is recorded, which a database hands on without knowing it; none on a mirror.</summary>
public static class Signing
{
    extension(Transaction transaction)
    {
        public NoteSigner? Signer => (NoteSigner?)transaction.Author;
    }

    extension(Database database)
    {
        public NoteSigner? Signer => (NoteSigner?)database.Author;
    }
}
