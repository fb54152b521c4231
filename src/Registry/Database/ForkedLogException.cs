namespace Registry;

/// <summary>The database cannot be this log's next state: starting would fork the log.</summary>
public sealed class ForkedLogException(string message) : Exception(message);
