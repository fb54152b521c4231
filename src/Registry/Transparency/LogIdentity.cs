namespace Registry.Transparency;

/// <summary>Whose log this is: the key that verifies it, and the one that signs for it, which a mirror has not.</summary>
public sealed record LogIdentity(VerifierKey Key, NoteSigner? Signer)
{
    public bool IsMirror => Signer is null;
}
